{
  # The C loops that run inside the Node process beside fdselect; for the benchmarks only.
  'targets': [
    {
      'target_name': 'loops',
      'sources': [
        'addon.cc', 'churn.cc', 'libuv.cc', 'waits.cc',
        '../../contenders/c/stamps.cc',
        '../../contenders/libuv/echo_tcp.cc', '../../contenders/libuv/wake_poll.cc',
      ],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      'cflags': ['-Wall', '-Wextra'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
      'cflags_cc': ['-std=c++17'],
    },
  ],
}
