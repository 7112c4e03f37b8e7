import type { Room } from '../server/room.ts';
import { minosTemporaryExpiration } from './minos-temporary-expiration.ts';
import { routes } from './routes.ts';

export const recovery: Room = {
  name: 'recovery',
  routes,
  daemons: (lake) => [minosTemporaryExpiration(lake)],
};
