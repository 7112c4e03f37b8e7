import { fileExplanation } from '../file-explanation.ts';
import { anything, byName, count, object, text } from '../schema.ts';
import { transferLinks } from '../transfer-link.ts';
import { type ApiDescription, type Endpoints, openApiDocument, type ServedRoute } from './document.ts';
import { fts } from './fts.ts';

/** The transfer service's endpoints besides those of FTS. */
export const transferEndpoints: Endpoints = {
  'GET /links': {
    tag: 'Transfers',
    summary: 'What each link does, and why it is closed.',
    answer: { description: 'The links.', content: { schema: transferLinks } },
  },
  'GET /why/{fileId}': {
    tag: 'Transfers',
    summary: 'Why a file is where it is, with every attempt.',
    answer: { description: 'The explanation.', content: { schema: fileExplanation } },
  },
  'GET /events': {
    tag: 'Transfers',
    summary: 'Outcomes and changes of state, as server-sent events; for administrators.',
    description:
      'Each message has its number as `id`, `complete` or `state` as `event`, and the message of FTS of that name as a JSON object in `data`. A comment every 5 s shows that the line is alive.',
    query: { after: count('Only events after this number; left out: from now on.') },
    headers: { 'Last-Event-ID': count('The number of the last event seen, when `after` is left out.') },
    answer: { description: 'A stream that does not end.', content: { type: 'text/event-stream' } },
  },
  'GET /ping': {
    tag: 'Service',
    summary: 'Tells that the service is up.',
    answer: {
      description: 'It is up.',
      content: { schema: object('The service.', { version: text('Version of FTS that it speaks like.') }) },
    },
  },
  'GET /metrics': {
    tag: 'Service',
    summary: 'Metrics of this process.',
    answer: { description: 'The text format of Prometheus.', content: { type: 'text/plain' } },
  },
  'GET /openapi.json': {
    tag: 'Service',
    summary: 'This document.',
    answer: {
      description: 'An OpenAPI 3.1 document.',
      content: { schema: byName(anything('A part of the document.'), 'OpenAPI 3.1.') },
    },
  },
};

const errorAnswer = object(
  'Why a call failed, as FTS says it.',
  { status: text('For example `404 Not Found`.'), message: text('One sentence that says what to do.') },
  { job_id: text('The job that was submitted before, when a job is a duplicate.') },
);

const api: Omit<ApiDescription, 'version' | 'server'> = {
  title: 'Leman: transfer service',
  description: 'Queues, schedules and carries out copies: the REST API of FTS3, and what is beyond it.',
  security: {
    token: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A token of an issuer that the service trusts, with the service as audience.',
    },
  },
  tags: [
    { name: 'Transfers', description: 'What files and links do, and why.' },
    { name: 'Service', description: 'The service itself.' },
  ],
  own: transferEndpoints,
  field: fts,
  shapes: { Error: errorAnswer, FileExplanation: fileExplanation, TransferLinks: transferLinks },
  error: { description: 'Refused or failed.', type: 'application/json', schema: errorAnswer },
};

/** The OpenAPI 3.1 document of the transfer service. */
export const transferDocument = (
  routes: readonly ServedRoute[],
  running: Pick<ApiDescription, 'version' | 'server'>,
) => openApiDocument({ ...api, ...running }, routes);
