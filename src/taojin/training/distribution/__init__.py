"""One model trained by several processes, with the result of one."""
