import type { Room } from '../server/room.ts';

export const counters: Room = { name: 'counters' };
