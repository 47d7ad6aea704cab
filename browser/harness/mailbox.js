// Mails as they arrive: the mailbox of `gatewright dev`, read as its JSON. One reader for all who wait.

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Mail
 * @property {string} id
 * @property {string} to
 * @property {string} subject
 * @property {string | null} purpose of its link; that of a sign-up is `verify_email`
 * @property {string} link
 * @property {string} code
 */

const WAIT_MS = 30_000;
const PAUSE_MS = 150;

export class Mailbox {
  /** @type {{ to: string, purpose: string, before: string[], found: (mail: Mail) => void }[]} */
  #waiting = [];
  #isReading = false;

  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * The latest mail to this address with a link for this purpose, once there is one.
   * @param {string} to
   * @param {string} purpose
   * @param {Mail[]} [before] those that are known already
   * @returns {Promise<Mail>}
   */
  async mail(to, purpose, before = []) {
    const ids = before.map((mail) => mail.id);
    /** @type {Promise<Mail>} */
    const found = new Promise((found) => this.#waiting.push({ to, purpose, before: ids, found }));
    const tooLong = sleep(WAIT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`no mail for ${purpose} came to ${to} within ${WAIT_MS} ms`);
    });
    void this.#read();
    return Promise.race([found, tooLong]);
  }

  async #read() {
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      // Newest first.
      const answer = await fetch(`${this.origin}/dev/mailbox.json`).catch(() => null);
      const { mails = [] } = answer?.ok ? /** @type {{ mails: Mail[] }} */ (await answer.json()) : {};
      this.#waiting = this.#waiting.filter((waiting) => {
        const { to, purpose, before } = waiting;
        const mail = mails.find((mail) => mail.to === to && mail.purpose === purpose && !before.includes(mail.id));
        if (mail) waiting.found(mail);
        return !mail;
      });
      await sleep(PAUSE_MS);
    }
    this.#isReading = false;
  }
}
