/** Preloaded by test/prebuilds.mjs: processes that tests start run another Node than their parent's. */
process.execPath = process.env.FDSELECT_TEST_NODE;
