import { Link } from '@tanstack/react-router';
import { Empty } from '../parts/empty.tsx';

/** For an address that leads nowhere. */
export const NotFound = () => (
  <Empty title="There is no such page">
    The address may be old, or mistyped. <Link to="/">See the lake as it is now</Link>, or press <kbd>/</kbd>{' '}
    to search.
  </Empty>
);
