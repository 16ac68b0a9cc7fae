{
  # One addon for every runtime that loads Node-API; CMakeLists.txt builds the same sources. Make does
  # not see a change of their list: run `node-gyp configure` after one.
  'targets': [
    {
      'target_name': 'fdselect',
      'sources': ["<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8')\")"],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
                  # An environment that is being terminated throws nothing any more; do not abort.
                  'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
      'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=c++17'],
      'conditions': [
        ['OS=="mac"', {
          # select(2) takes more than 1024 fds on macOS only with this.
          'defines': ['_DARWIN_UNLIMITED_SELECT'],
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'WARNING_CFLAGS': ['-Wall', '-Wextra'],
          },
        }],
      ],
    },
  ],
}
