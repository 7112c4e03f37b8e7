import type { Room } from '../server/room.ts';

export const locks: Room = { name: 'locks' };
