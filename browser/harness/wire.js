// What goes over the wire: a proxy in front of the server that changes nothing and keeps what was asked and answered.
// Browsers tell their tools little of what they do on their own (a prefetch, a prerendering), and the truth about
// `Referer` and cookies is here.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} path without the query
 * @property {string} query
 * @property {import('node:http').IncomingHttpHeaders} headers of the request
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} answered headers of the answer
 * @property {string[]} setCookies
 * @property {string} location
 */

export class Wire {
  /**
   * @param {number} port where the server is going to listen
   * @param {{ key: string, cert: string }} [certificate] browsers come by TLS, which ends here
   */
  static async before(port, certificate) {
    /** @type {Exchange[]} */
    const exchanges = [];
    /** @type {import('node:http').RequestListener} */
    const pass = (asked, answer) => {
      const options = { host: '127.0.0.1', port, method: asked.method, path: asked.url, headers: asked.headers };
      const passed = request(options, (answered) => {
        const [path, query = ''] = (asked.url ?? '').split('?', 2);
        const { statusCode: status = 0, headers } = answered;
        const [method, setCookies] = [asked.method ?? '', headers['set-cookie'] ?? []];
        const location = headers.location ?? '';
        const seen = { method, path, query, headers: asked.headers, status };
        const exchange = { ...seen, answered: headers, setCookies, location };
        exchanges.push(exchange);
        if ([...wire.#losing].some((isLost) => isLost(exchange))) {
          answered.resume();
          asked.socket.destroy();
          return;
        }
        answer.writeHead(status, answered.rawHeaders);
        answered.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      answer.on('close', () => passed.destroy());
      asked.pipe(passed);
    };
    const server = certificate ? createTlsServer(certificate, pass) : createServer(pass);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = /** @type {import('node:net').AddressInfo} */ (server.address());
    const wire = new Wire(server, `${certificate ? 'https' : 'http'}://127.0.0.1:${address.port}`, exchanges);
    return wire;
  }

  /** @type {Set<(exchange: Exchange) => boolean>} */
  #losing = new Set();

  /**
   * From now on these answers do not arrive: the server has done what it was asked to do, and the connection breaks.
   * @param {(exchange: Exchange) => boolean} isLost
   * @returns {() => void} ends it
   */
  lose(isLost) {
    this.#losing.add(isLost);
    return () => void this.#losing.delete(isLost);
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
