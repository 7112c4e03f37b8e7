import type { Room } from '../server/room.ts';

export const expiry: Room = { name: 'expiry' };
