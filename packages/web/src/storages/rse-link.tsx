import { Link } from '@tanstack/react-router';

/** The name of a storage, leading to its page. */
export const RseLink = ({ rse }: { rse: string }) => (
  <Link to="/storages/$rse" params={{ rse }}>
    {rse}
  </Link>
);
