// Every browser test, in one process: they share one Chromium and its servers.

import './scanners.js';
import './links.js';
import './sight.js';
import './journeys/entry.js';
import './journeys/family.js';
import './journeys/account.js';
import './journeys/admin.js';
import './cookies.js';
import './foreign.js';
import './tabs.js';
import './keyboard.js';
import './script.js';
import './next.js';
import './gallery.js';
