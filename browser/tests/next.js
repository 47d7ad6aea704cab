// Going on to another origin after signing in, where the operator has named it. No form of ours may lead there by itself
// (`form-action 'self'`, which Chromium holds against redirects, too), so a page of ours stands in between. What must stay
// true: nobody has to press anything, who waits for the other site can go on by a link, and nobody is caught there who
// goes back.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { Gate } from '../harness/gate.js';
import { LOOKS, called } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { until } from '../harness/until.js';

const options = { timeout: 90_000 };
const FOREIGN_PAGE = '<!DOCTYPE html><title>The shop</title><h1>The shop</h1>';

/** A site of somebody else that answers when it is let, and keeps what it was asked. */
class Shop {
  /** @type {{ path: string, agent?: string, referer?: string }[]} */
  asked = [];
  /** Whom it lets wait: agents, with what answers them. @type {Map<string, () => void>} */
  waiting = new Map();
  /** @type {Set<string>} */
  slowFor = new Set();

  server = createServer((asked, answer) => {
    const { 'user-agent': agent = '', referer } = asked.headers;
    const give = () => answer.writeHead(200, { 'content-type': 'text/html' }).end(FOREIGN_PAGE);
    if (asked.url !== '/favicon.ico') this.asked.push({ path: asked.url ?? '', agent, referer });
    if (this.slowFor.has(agent)) this.waiting.set(agent, give);
    else give();
  });

  async open() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.server.address());
    return `http://shop.test:${port}`;
  }

  /** @param {Person} person */
  by(person) {
    return this.asked.filter(({ agent }) => agent === person.profile.userAgent);
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** @param {Person} person @param {import('../harness/api.js').Account} account @param {string} next */
async function signIn(person, { email, password }, next) {
  await person.go(`/login?next=${encodeURIComponent(next)}`);
  await person.page.fill('input[name=login]', email);
  await person.page.fill('input[name=password]', password);
  await person.page.getByRole('button', { name: 'Sign in', exact: true }).click({ noWaitAfter: true });
}

describe('oa5 going on to another origin that the operator has named', { concurrency: 4 }, () => {
  const shop = new Shop();
  /** @type {Gate} */
  let gate;
  let origin = '';
  before(async () => {
    origin = await shop.open();
    gate = await Gate.start({ GATEWRIGHT_PAGES_NEXT: origin });
  });
  after(async () => {
    await gate.stop();
    await shop.close();
  });

  for (const look of LOOKS) {
    it(`happens by itself, and tells nothing, ${called(look)}`, options, async () => {
      const [person, account] = await Promise.all([Person.come(gate, 'next/by-itself', look), gate.api.signUp()]);
      const next = `${origin}/basket?of=${encodeURIComponent('ada & co')}#top`;
      await signIn(person, account, next);
      await person.page.waitForURL(next);
      assert.equal(await person.heading(), 'The shop');
      assert.deepEqual(shop.by(person), [
        { path: '/basket?of=ada%20%26%20co', agent: person.profile.userAgent, referer: undefined },
      ]);
      // Going back leads to where one signed in, and not to the page that would lead on once more.
      await person.page.goBack();
      await person.at('/login', 'Sign in');
      assert.equal(shop.by(person).length, 1, 'nobody is led on again');
      assert.equal((await person.profile.sessionCookies()).length, 2);
      await person.leave();
    });
  }

  for (const look of LOOKS.slice(0, 3)) {
    it(`is said, with a link there, for as long as the other site lets wait, ${called(look)}`, options, async () => {
      const [person, account] = await Promise.all([Person.come(gate, 'next/slow', look), gate.api.signUp()]);
      shop.slowFor.add(person.profile.userAgent);
      const next = `${origin}/slow`;
      await signIn(person, account, next);
      await until(() => shop.waiting.has(person.profile.userAgent), 'the request of the page itself');
      // While a navigation to another site is under way Chromium's tools see nothing of the page, but its keys do work.
      await person.at('/login');
      shop.slowFor.delete(person.profile.userAgent);
      await person.page.keyboard.press('Tab');
      await person.page.keyboard.press('Enter');
      await person.page.waitForURL(next);
      assert.equal(await person.heading(), 'The shop');
      await person.leave();
    });
  }

  it('happens to nobody for an origin that is not named', options, async () => {
    const [person, account] = await Promise.all([Person.come(gate, 'next/other'), gate.api.signUp()]);
    for (const next of [origin.replace('shop.test', 'shop.test.evil.test'), origin.replace('//', '//x@')]) {
      await signIn(person, account, next);
      await person.page.waitForURL(`${gate.origin}/account`);
    }
    assert.deepEqual(shop.by(person), []);
    await person.leave();
  });
});
