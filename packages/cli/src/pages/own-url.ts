import type { AddressInfo } from 'node:net';
import { createClient } from '@leman/client';
import type { FastifyRequest, HttpServer } from '@leman/foundation';

/** Where this very server listens; the name told to the world may lead through a proxy. */
export const ownUrl = (server: HttpServer): string => {
  const { address, family, port } = server.server.address() as AddressInfo;
  const host = address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address;
  return `http://${family === 'IPv6' && host !== '127.0.0.1' ? `[${host}]` : host}:${port}`;
};

/** The REST interface as the person who asks sees it: the gateway has no rights of its own. */
export const lakeAs = (server: HttpServer, request: FastifyRequest) =>
  createClient({ url: ownUrl(server), token: String(request.headers['x-rucio-auth-token'] ?? '') });
