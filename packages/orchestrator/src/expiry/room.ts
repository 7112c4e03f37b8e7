import type { Room } from '../server/room.ts';
import { undertaker } from './undertaker.ts';

export const expiry: Room = { name: 'expiry', daemons: (lake) => [undertaker(lake)] };
