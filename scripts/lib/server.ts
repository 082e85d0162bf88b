/** A static file server on loopback for the project's pages. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** Headers for cross-origin isolation, which gives pages fine-grained timers and shared memory. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const mimeTypes: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
};

export interface ServerOptions {
  /** Folder whose files are served. */
  folder: string;
  /** Additional files by their path on the server; they take precedence over the folder's files. */
  files?: Record<string, Uint8Array>;
  /** Called with the path of each file that is requested and exists. */
  onServe?: (path: string) => void;
  /** Handlers of POST requests by path; each receives the body. */
  onPost: Partial<Record<string, (body: string) => void>>;
}

export interface Server {
  /** `http://127.0.0.1:port` */
  origin: string;
  close(): Promise<void>;
}

function receive(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
}

function send(path: string, options: ServerOptions, response: ServerResponse): void {
  const headers = {
    ...isolationHeaders,
    'Cache-Control': 'no-store',
    'Content-Type': mimeTypes[extname(path).toLowerCase()] ?? 'application/octet-stream',
  };
  const given = options.files?.[path] ?? options.files?.[path.slice(1)];
  if (given !== undefined) {
    options.onServe?.(path);
    response.writeHead(200, { ...headers, 'Content-Length': given.length }).end(given);
    return;
  }
  const file = join(options.folder, path);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    response.writeHead(404, isolationHeaders).end();
    return;
  }
  options.onServe?.(path);
  response.writeHead(200, { ...headers, 'Content-Length': stat.size });
  createReadStream(file).pipe(response);
}

/**
 * Returns the path of a URL, which cannot leave the served folder; null if the URL is malformed.
 */
function pathOf(url: string): string | null {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    return path.includes('\0') ? null : normalize(path).replaceAll('\\', '/');
  } catch {
    return null;
  }
}

export async function serve(options: ServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const path = pathOf(request.url ?? '/');
    if (path === null) {
      response.writeHead(400, isolationHeaders).end();
    } else if (request.method === 'POST') {
      const take = options.onPost[path];
      receive(request, (body) => {
        response.writeHead(take ? 204 : 404, isolationHeaders).end();
        take?.(body);
      });
    } else {
      send(path, options, response);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
