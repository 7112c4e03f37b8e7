import type { Schema } from '../schema.ts';

/** A route as a service registered it. */
export interface ServedRoute {
  method: string;
  /** Path of the router, for example `/rules/:rule_id`. */
  path: string;
  /** Needs no login. */
  open: boolean;
}

/** A body or an answer: JSON of a shape, or a content type of its own. */
export type Content = { schema: Schema } | { type: string; schema?: Schema };

/** What an endpoint of our own is. Its path, method and whether it needs a login come from its route. */
export interface Endpoint {
  tag: string;
  /** What it does, in one line. */
  summary: string;
  /** More, when one line does not do. */
  description?: string;
  /** Parameters of the query by name; those named in `needs` must be given. */
  query?: Readonly<Record<string, Schema>>;
  needs?: readonly string[];
  headers?: Readonly<Record<string, Schema>>;
  body?: Content;
  answer: {
    status?: number;
    description: string;
    content?: Content;
    /** Other successes: what they are, by their status. */
    also?: Readonly<Record<number, string>>;
  };
}

/** Keys are method and path, for example `GET /rules/{rule_id}/explain`. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** A REST API of the field that a service speaks. */
export interface FieldApi {
  /** The system it is of. */
  system: string;
  /** Its documentation. */
  url: string;
  /** Its endpoints in its own words: what they do, by method and path. Names in braces may differ from ours. */
  endpoints: Readonly<Record<string, string>>;
}

export interface ApiDescription {
  title: string;
  description: string;
  version: string;
  /** Where it is served. */
  server: string;
  security: Readonly<Record<string, object>>;
  tags: readonly { name: string; description: string }[];
  own: Endpoints;
  field: FieldApi;
  /** Shapes by the name they have in the document. */
  shapes: Readonly<Record<string, Schema>>;
  /** The answer of every failed call. */
  error: { description: string; type: string; schema: Schema; headers?: Readonly<Record<string, Schema>> };
}

const bracedPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}');

/** Method and path of a route as the document writes them. */
export const keyOf = ({ method, path }: Pick<ServedRoute, 'method' | 'path'>): string =>
  `${method} ${bracedPath(path)}`;

/** The same whatever the names in braces, and with or without a slash at the end. */
const patternOf = (key: string): string => key.replaceAll(/\{\w+\}/g, '{}').replace(/\/$/, '');

/** `getRulesByRuleIdExplain` of `GET /rules/{rule_id}/explain`. */
const operationId = (key: string): string => {
  const words = key
    .toLowerCase()
    .replaceAll('{', 'by ')
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return words.map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
};

/**
 * The OpenAPI 3.1 document of a service, made from the routes it registered: those of its own with their shapes, those
 * of the field with what they do and where they are documented.
 */
export const openApiDocument = (api: ApiDescription, routes: readonly ServedRoute[]) => {
  const names = new Map(Object.entries(api.shapes).map(([name, shape]) => [shape as object, name]));
  /** Named shapes become references, wherever they stand in others. */
  const refer = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const name = names.get(value);
    return name ? { $ref: `#/components/schemas/${name}` } : inside(value);
  };
  const inside = (value: object): unknown =>
    Array.isArray(value)
      ? value.map(refer)
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, refer(item)]));
  const media = (content: Content) => {
    const type = 'type' in content ? content.type : 'application/json';
    return { [type]: content.schema ? { schema: refer(content.schema) } : {} };
  };
  const parameters = (
    place: 'query' | 'header',
    schemas: Readonly<Record<string, Schema>>,
    needs: readonly string[] = [],
  ) =>
    Object.entries(schemas).map(([name, schema]) => {
      const { description, ...rest } = refer(schema) as { description?: string };
      return { name, in: place, description, required: needs.includes(name), schema: rest };
    });

  const failures = Object.fromEntries(
    ['4XX', '5XX'].map((status) => [status, { $ref: '#/components/responses/Error' }]),
  );
  const ownOperation = ({ tag, summary, description, query, needs, headers, body, answer }: Endpoint) => ({
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    parameters: [...parameters('query', query ?? {}, needs), ...parameters('header', headers ?? {})],
    ...(body ? { requestBody: { required: true, content: media(body) } } : {}),
    responses: {
      [answer.status ?? 200]: {
        description: answer.description,
        ...(answer.content ? { content: media(answer.content) } : {}),
      },
      ...Object.fromEntries(
        Object.entries(answer.also ?? {}).map(([status, description]) => [status, { description }]),
      ),
      ...failures,
    },
  });
  const { system, url } = api.field;
  const words = new Map(
    Object.entries(api.field.endpoints).map(([key, summary]) => [patternOf(key), summary]),
  );
  const fieldTags = new Set<string>();
  const fieldTag = (key: string): string => {
    const tag = `${system}: ${/\/(\w+)/.exec(key)?.[1] ?? 'service'}`;
    fieldTags.add(tag);
    return tag;
  };
  const fieldOperation = (key: string) => ({
    tags: [fieldTag(key)],
    summary: words.get(patternOf(key)) ?? key,
    externalDocs: { url },
    parameters: [],
    responses: { default: { description: `As ${system} answers.` }, ...failures },
  });

  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const key = keyOf(route);
    const path = bracedPath(route.path);
    const own = api.own[key];
    const { parameters: others, ...operation } = own ? ownOperation(own) : fieldOperation(key);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = {
      operationId: operationId(key),
      ...operation,
      parameters: [...inPath, ...others],
      ...(route.open ? { security: [] } : {}),
    };
  }

  const { error } = api;
  return {
    openapi: '3.1.1',
    info: {
      title: api.title,
      version: api.version,
      summary: api.description,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: api.server }],
    security: Object.keys(api.security).map((name) => ({ [name]: [] })),
    tags: [
      ...api.tags,
      ...[...fieldTags].sort().map((name) => ({
        name,
        description: `Of the REST API of ${system}.`,
        externalDocs: { url },
      })),
    ],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(
        Object.entries(api.shapes).map(([name, shape]) => [name, inside(shape as object)]),
      ),
      responses: {
        Error: {
          description: error.description,
          ...(error.headers
            ? {
                headers: Object.fromEntries(
                  Object.entries(error.headers).map(([name, schema]) => [name, { schema }]),
                ),
              }
            : {}),
          content: { [error.type]: { schema: refer(error.schema) } },
        },
      },
      securitySchemes: api.security,
    },
  };
};
