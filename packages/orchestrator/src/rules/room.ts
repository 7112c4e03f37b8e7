import type { Room } from '../server/room.ts';
import { judgeInjector } from './judge-injector.ts';
import { routes } from './routes.ts';

export const rules: Room = { name: 'rules', routes, daemons: (lake) => [judgeInjector(lake)] };
