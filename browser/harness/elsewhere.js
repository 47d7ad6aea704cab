// Other people's sites: webmail, a rewriter of links, an attacker's page. Another origin than the server's, and by the
// name that browsers know it under another site, too.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** @typedef {{ status?: number, headers?: Record<string, string>, html?: string }} Page */

export class Elsewhere {
  /** @type {Map<string, Page>} */
  #pages = new Map();
  /** @type {{ path: string, headers: import('node:http').IncomingHttpHeaders }[]} */
  asked = [];

  static async start() {
    const elsewhere = new Elsewhere();
    elsewhere.server.listen(0, '127.0.0.1');
    await once(elsewhere.server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (elsewhere.server.address());
    elsewhere.site = `http://webmail.test:${port}`;
    elsewhere.beside = `http://127.0.0.1:${port}`;
    return elsewhere;
  }

  /** Another site. */
  site = '';
  /** Another origin of the same site: another port of the same host. */
  beside = '';

  server = createServer((asked, answer) => {
    const [path] = (asked.url ?? '').split('?');
    this.asked.push({ path, headers: asked.headers });
    const page = this.#pages.get(path) ?? { status: 404 };
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...page.headers };
    answer.writeHead(page.status ?? 200, headers).end(page.html);
  });

  /**
   * Puts a page there, and answers its path.
   * @param {string | Page} page HTML, or more
   */
  put(page) {
    const path = `/${this.#pages.size + 1}`;
    this.#pages.set(path, typeof page === 'string' ? { html: `<!DOCTYPE html><title>Elsewhere</title>${page}` } : page);
    return path;
  }

  /** The headers of every request. */
  get visits() {
    return this.asked.map(({ headers }) => headers);
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** @param {string} text */
export const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
