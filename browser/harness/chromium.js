// Real Chromium, and people's browsers in it. What must stay true: it reaches this machine and nothing else, and each
// browser that a test asks for is a fresh profile that shares nothing with the others.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Names under `.test` lead to this machine, so that there are other sites; no other name leads anywhere. */
const NAMES_LEAD = 'MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=${NAMES_LEAD}`,
];

function program() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`no Chromium: install one of ${NAMES.join(', ')} (on Debian: apt-get install chromium)`);
  return found;
}

export const startChromium = () => chromium.launch({ executablePath: program(), headless: true, args: FLAGS });
