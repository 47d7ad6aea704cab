// The JSON API as an app calls it that keeps its tokens itself: to set a stage, and to look behind the pages
// afterwards.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';

/**
 * @typedef {object} Account
 * @property {string} email
 * @property {string} password
 * @property {string} token an access token of its owner
 */

export const PASSWORD = 'violet otter lantern';
/** The admin of `gatewright dev`. */
export const ADMIN = { email: 'admin@example.test', password: 'copper heron railway', token: '' };

let counted = 0;
/** An address that nobody has had before. */
export const newEmail = () => `p${++counted}@example.test`;

export class Api {
  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {string} [token]
   */
  async call(method, path, body, token) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (body) headers['content-type'] = 'application/json';
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch(`${this.origin}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  /**
   * The same, where anything but success is a mistake of the test.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {string} [token]
   */
  async must(method, path, body, token) {
    const { status, body: answer } = await this.call(method, path, body, token);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /**
   * An account that is signed in here.
   * @returns {Promise<Account>}
   */
  async signUp() {
    const email = newEmail();
    const body = { email, password: PASSWORD, transport: 'body' };
    const { access_token: token } = await this.must('POST', '/auth/signup', body);
    return { email, password: PASSWORD, token };
  }

  /**
   * The status of what a service asks about a token.
   * @param {string} key of the service
   * @param {string} token
   */
  async introspect(key, token) {
    // As a service asks that knows nothing of `fetch`.
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' };
    const asked = request(`${this.origin}/auth/introspect`, { method: 'POST', headers });
    asked.end(new URLSearchParams({ token }).toString());
    const [answer] = /** @type {[import('node:http').IncomingMessage]} */ (await once(asked, 'response'));
    answer.resume();
    return answer.statusCode;
  }

  /**
   * An account of somebody who reads his mail.
   * @param {import('./mailbox.js').Mailbox} mailbox
   * @param {Account} account
   */
  async proveEmail(mailbox, { email }) {
    const { link } = await mailbox.mail(email, 'verify_email');
    await this.must('POST', '/auth/email/verify', { token: new URL(link).searchParams.get('token') });
  }

  /**
   * One more user of an account.
   * @param {Account} account
   * @param {string} name
   * @param {string} [pin]
   */
  async addUser({ token }, name, pin) {
    // Names of people have every letter there is; those of users are theirs alone.
    const username = `u${++counted}${name.toLowerCase().replaceAll(/[^a-z]/g, '').slice(0, 20)}`;
    const body = { username, profile: { display_name: name }, pin };
    /** @type {{ id: string, username: string }} */
    const user = await this.must('POST', '/auth/users', body, token);
    return user;
  }

  /**
   * What there is to see of an account from inside: its address and its sessions, users and history.
   * Looking leaves no trace.
   * @param {Account} account
   */
  async state({ token }) {
    const parts = ['/auth/me', '/auth/sessions', '/auth/users', '/auth/activity?limit=100'];
    const [me, sessions, users, activity] = await Promise.all(
      parts.map((part) => this.must('GET', part, undefined, token)),
    );
    return {
      account: me.account,
      sessions: sessions.sessions.map((/** @type {{ id: string }} */ one) => one.id),
      users: users.users.map((/** @type {{ username: string }} */ one) => one.username),
      acts: activity.activity.map((/** @type {{ act: string }} */ one) => one.act),
    };
  }

  /**
   * The status of a login.
   * @param {string} login
   * @param {string} password
   */
  async login(login, password) {
    return (await this.call('POST', '/auth/login', { login, password, transport: 'body' })).status;
  }
}
