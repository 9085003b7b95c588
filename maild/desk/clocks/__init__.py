"""Time: `calendar` is working time, `clocks` what was promised and how much of it is used, `schedules` recurs."""
