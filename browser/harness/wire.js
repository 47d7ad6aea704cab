// What goes over the wire: a proxy in front of the server that changes nothing and keeps what was asked and answered.
// Browsers tell their tools little of what they do on their own (a prefetch, a prerendering), and the truth about
// `Referer` and cookies is here.

import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} path without the query
 * @property {string} query
 * @property {import('node:http').IncomingHttpHeaders} headers of the request
 * @property {number} status
 * @property {string[]} setCookies
 * @property {string} location
 */

export class Wire {
  /** @param {number} port where the server is going to listen */
  static async before(port) {
    /** @type {Exchange[]} */
    const exchanges = [];
    const server = createServer((asked, answer) => {
      const options = { host: '127.0.0.1', port, method: asked.method, path: asked.url, headers: asked.headers };
      const passed = request(options, (answered) => {
        const [path, query = ''] = (asked.url ?? '').split('?', 2);
        const { statusCode: status = 0, headers } = answered;
        const [method, setCookies] = [asked.method ?? '', headers['set-cookie'] ?? []];
        const location = headers.location ?? '';
        exchanges.push({ method, path, query, headers: asked.headers, status, setCookies, location });
        answer.writeHead(status, answered.rawHeaders);
        answered.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      answer.on('close', () => passed.destroy());
      asked.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = /** @type {import('node:net').AddressInfo} */ (server.address());
    return new Wire(server, `http://127.0.0.1:${address.port}`, exchanges);
  }

  /**
   * @param {import('node:http').Server} server
   * @param {string} origin
   * @param {Exchange[]} exchanges
   */
  constructor(server, origin, exchanges) {
    this.server = server;
    this.origin = origin;
    this.exchanges = exchanges;
  }

  /**
   * What a program asked that calls itself so.
   * @param {string} userAgent
   */
  by(userAgent) {
    return this.exchanges.filter((one) => one.headers['user-agent'] === userAgent);
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
