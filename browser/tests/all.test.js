// Every browser test, in one process: they share one Chromium and its servers.

import './scanners.js';
import './links.js';
import './sight.js';
