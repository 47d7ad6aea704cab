// Waiting for what happens elsewhere, for as long as it can take.

import { setTimeout as sleep } from 'node:timers/promises';

const ARRIVES_MS = 20_000;
const PAUSE_MS = 50;

/**
 * Waits for something that is certain to come.
 * @param {() => boolean} isThere
 * @param {string} what
 */
export async function until(isThere, what) {
  for (const end = Date.now() + ARRIVES_MS; !isThere(); await sleep(PAUSE_MS)) {
    if (Date.now() > end) throw new Error(`${what} did not arrive within ${ARRIVES_MS} ms`);
  }
}
