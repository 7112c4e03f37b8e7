import type { Distance, Rse, RseDetails, RseProtocol, RseUsage } from './shapes.ts';
import type { Transport } from './transport.ts';
import { query, segment } from './wire.ts';

/** RSEs: the storages. */
export const rses = (lake: Transport) => {
  const one = (rse: string) => `/rses/${segment(rse)}`;
  return {
    /** All; with an expression the lines hold the name alone. */
    list: (expression?: string) => lake.lines<Rse>(`/rses/${query({ expression })}`),
    get: (rse: string) => lake.json<RseDetails>(one(rse)),
    add: (rse: string, settings: Record<string, unknown> = {}) =>
      lake.text(one(rse), { method: 'POST', body: settings }),
    update: (rse: string, settings: Record<string, unknown>) =>
      lake.text(one(rse), { method: 'PUT', body: settings }),
    remove: (rse: string) => lake.text(one(rse), { method: 'DELETE' }),
    attributes: (rse: string) =>
      lake.json<Record<string, string | number | boolean | null>>(`${one(rse)}/attr/`),
    setAttribute: (rse: string, key: string, value: string | number | boolean) =>
      lake.text(`${one(rse)}/attr/${segment(key)}`, { method: 'POST', body: { value } }),
    removeAttribute: (rse: string, key: string) =>
      lake.text(`${one(rse)}/attr/${segment(key)}`, { method: 'DELETE' }),
    protocols: (rse: string) => lake.json<RseProtocol[]>(`${one(rse)}/protocols`),
    addProtocol: (rse: string, protocol: RseProtocol) =>
      lake.text(`${one(rse)}/protocols/${segment(protocol.scheme)}`, { method: 'POST', body: protocol }),
    removeProtocol: (
      rse: string,
      { scheme, hostname, port }: Pick<RseProtocol, 'scheme' | 'hostname' | 'port'>,
    ) =>
      lake.text(`${one(rse)}/protocols/${segment(scheme)}/${segment(hostname)}/${port}`, {
        method: 'DELETE',
      }),
    limits: (rse: string) => lake.json<Record<string, number>>(`${one(rse)}/limits`),
    setLimit: (rse: string, name: string, value: number) =>
      lake.text(`${one(rse)}/limits`, { method: 'PUT', body: { name, value } }),
    usage: (rse: string, source?: string) => lake.lines<RseUsage>(`${one(rse)}/usage${query({ source })}`),
    setUsage: (rse: string, usage: { source: string; used: number; free: number; files?: number }) =>
      lake.text(`${one(rse)}/usage`, { method: 'PUT', body: usage }),
    distance: (source: string, destination: string) =>
      lake.json<Distance[]>(`${one(source)}/distances/${segment(destination)}`),
    changeDistance: (source: string, destination: string, distance: number) =>
      lake.text(`${one(source)}/distances/${segment(destination)}`, { method: 'PUT', body: { distance } }),
    setDistance: (source: string, destination: string, distance: number, bidirectional = false) =>
      lake.text(`${one(source)}/distances/${segment(destination)}`, {
        method: 'POST',
        body: { distance, bidirectional },
      }),
  };
};
