// Other people's pages and ours: what they can frame, send and lead to, and what ours let themselves be made to do.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escaped } from '../harness/elsewhere.js';
import { LOOKS } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { until } from '../harness/until.js';
import { elsewhere, gates } from '../harness/world.js';

const options = { timeout: 90_000 };
const gate = gates.optional;
const PAGES = ['/login', '/signup', '/forgot-password', '/choose-account', '/logout', '/account', '/account/users', '/switch'];
const FROM = /** @type {const} */ ([
  ['site', 'another site'],
  ['beside', 'another port of the host'],
]);

/**
 * Somebody who is signed in.
 * @param {string} journey
 * @param {import('../harness/looks.js').Look} [look]
 */
async function somebody(journey, look) {
  const person = await Person.come(gate, `foreign/${journey}`, look);
  const account = await gate.api.signUp();
  await person.profile.signIn(account);
  return { person, account };
}

/** @param {Record<string, string>} fields */
const form = (/** @type {string} */ path, fields) => {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${escaped(value)}">`);
  return `<form method="post" action="${gate.origin}${path}">${inputs.join('')}<button>Win</button></form>`;
};

describe('wb8 pages of somebody who is signed in, in a frame of somebody else', { concurrency: 4 }, () => {
  for (const [from, says] of FROM) {
    it(`the frame stays empty (${says})`, options, async () => {
      const { person } = await somebody('frame');
      const frames = PAGES.map((path) => `<iframe src="${gate.origin}${path}"></iframe>`).join('');
      await person.page.goto(elsewhere[from] + elsewhere.put(frames), { waitUntil: 'networkidle' });
      const shown = person.page.frames().filter((frame) => frame !== person.page.mainFrame());
      assert.equal(shown.length, PAGES.length);
      for (const frame of shown) assert.equal(await frame.locator('form, main').count(), 0, frame.url());
      await person.leave();
    });
  }
});

describe('wb4 wb6 forms of somebody else', { concurrency: 4 }, () => {
  for (const [from, says] of FROM) {
    it(`cannot sign a browser in as whom they like (${says})`, options, async () => {
      const [person, attacker] = await Promise.all([
        Person.come(gate, 'foreign/login'),
        Person.come(gate, 'foreign/login'),
      ]);
      const { email, password } = await gate.api.signUp();
      // The attacker knows the form as well as anybody, with a token of his own.
      await attacker.go('/login');
      const token = await attacker.page.locator('input[name=form_token]').first().inputValue();
      const fields = { form_token: token, login: email, password };
      await person.page.goto(elsewhere[from] + elsewhere.put(form('/login', fields)));
      await Promise.all([person.page.waitForEvent('load'), person.page.click('button')]);
      assert.equal(await person.heading(), 'This was not accepted');
      assert.deepEqual(await person.profile.sessionCookies(), []);
      await Promise.all([person.leave(), attacker.leave()]);
    });

    it(`cannot sign anybody out (${says})`, options, async () => {
      const { person } = await somebody('logout');
      await person.page.goto(elsewhere[from] + elsewhere.put(form('/logout', {})));
      await Promise.all([person.page.waitForEvent('load'), person.page.click('button')]);
      await person.go('/account');
      await person.at('/account');
      await person.leave();
    });
  }

  it('a token of another browser is good for nothing, even on our own page', options, async () => {
    const [person, attacker] = await Promise.all([
      Person.come(gate, 'foreign/token'),
      Person.come(gate, 'foreign/token'),
    ]);
    const { email, password } = await gate.api.signUp();
    for (const one of [attacker, person]) await one.go('/login');
    const token = await attacker.page.locator('input[name=form_token]').first().inputValue();
    await person.page.locator('input[name=form_token]').evaluateAll((all, token) => {
      for (const one of all) /** @type {HTMLInputElement} */ (one).value = token;
    }, token);
    await person.page.fill('input[name=login]', email);
    await person.page.fill('input[name=password]', password);
    await person.press('Sign in');
    await person.at('/login', 'This page is out of date');
    assert.equal(person.answer?.status(), 403);
    assert.deepEqual(await person.profile.sessionCookies(), []);
    await Promise.all([person.leave(), attacker.leave()]);
  });
});

describe('wb2 links of other sites to pages of somebody who is signed in', { concurrency: 4 }, () => {
  for (const look of LOOKS) {
    it(`lead there, ${look.script ? 'with' : 'without'} a script, ${look.width} pixels wide`, options, async () => {
      const { person } = await somebody('link', look);
      // The access token is all that such a link carries; without it the page asks for itself once more.
      const access = (await person.cookies()).filter(({ name }) => name.startsWith('gw_at_'));
      assert.equal(access.length, 1);
      await person.profile.context.clearCookies({ name: access[0].name });
      await person.page.goto(elsewhere.site + elsewhere.put(`<a href="${gate.origin}/account/users">go on here</a>`));
      await person.page.click('a');
      await person.page.getByRole('heading', { level: 1, name: /users/i }).waitFor();
      await person.at('/account/users');
      const asked = gate.wire.by(person.profile.userAgent).filter((one) => one.path === '/account/users');
      assert.deepEqual(
        asked.map((one) => one.status),
        [401, 200],
        'it came by the page that asks for itself',
      );
      await person.leave();
    });
  }

  it('whoever is not signed in is led to the page where one is', options, async () => {
    const person = await Person.come(gate, 'foreign/nobody');
    await person.page.goto(elsewhere.site + elsewhere.put(`<a href="${gate.origin}/account/users">go on here</a>`));
    await person.page.click('a');
    await person.page.waitForURL((url) => url.pathname === '/login' && url.searchParams.get('next') === '/account/users');
    await person.leave();
  });
});

/** Refusals that come before a policy is asked about the source. */
const TRUSTED_TYPES = /trusted-types|TrustedScript|TrustedHTML/;

describe('wb7 the policy of pages', { concurrency: 4 }, () => {
  /** What somebody would do who could put something into a page of ours; each is refused, and seen by the watch. */
  const intrusions = /** @type {const} */ ([
    ['a script in the page', /script-src/, `add('script', { textContent: 'document.title = "mine"' })`],
    ['a script from elsewhere', /script-src/, `add('script', { src: site + '/1' })`],
    ['a handler in an attribute', /script-src/, `add('div', { innerHTML: '<img src=x onerror="document.title = 1">' })`],
    ['a style in the page', /style-src/, `add('style', { textContent: 'body { display: none }' })`],
    ['a style in an attribute', /style-src/, `add('p', {}).setAttribute('style', 'color: red')`],
    ['a picture from elsewhere', /img-src|default-src/, `add('img', { src: site + '/1' })`],
    ['a frame', /frame-src|default-src/, `add('iframe', { src: site + '/1' })`],
    ['another base for addresses', /base-uri/, `add('base', { href: site })`],
    ['a call to elsewhere', /connect-src|default-src/, `fetch(site + '/1').catch(() => {})`],
    ['a form that is sent elsewhere', /form-action/, `add('form', { action: site + '/1', method: 'post' }).submit()`],
  ]);
  for (const path of ['/login', '/account']) {
    it(`at ${path} nothing that was put into the page runs or leaves it`, options, async () => {
      const { person } = await somebody('policy');
      for (const [what, directive, script] of intrusions) {
        await person.go(path);
        const visits = elsewhere.visits.length;
        await person.page.evaluate(
          `{ const site = ${JSON.stringify(elsewhere.site)};
             const add = (tag, members) => document.body.appendChild(Object.assign(document.createElement(tag), members));
             try { ${script} } catch { /* refused where it is written */ } }`,
        );
        const isRefused = (/** @type {string} */ fault) => directive.test(fault) || TRUSTED_TYPES.test(fault);
        await until(() => person.profile.watch.take().some(isRefused), `word that ${what} was refused`);
        assert.notEqual(await person.page.title(), 'mine');
        // What else this page has to say belongs to it, and not to the next one.
        await person.page.goto('about:blank');
        person.profile.watch.take();
        const own = elsewhere.visits.slice(visits).filter((one) => one['user-agent'] === person.profile.userAgent);
        assert.deepEqual(own, [], `${what} asked elsewhere`);
      }
      await person.leave();
    });
  }
});
