import { useNavigate, useSearch } from '@tanstack/react-router';

type Change = Record<string, string | undefined>;

/** What a person looks at: filters, sort and selection of a page. It lives in the URL, so that it can be shared. */
export const useView = <View extends object>(): [
  view: Partial<View>,
  set: (change: Change) => Promise<void>,
] => {
  const search: object = useSearch({ strict: false });
  const view = search as Partial<View>;
  const navigate = useNavigate();
  const set = (change: Change) =>
    navigate({
      to: '.',
      search: (before: object) => ({ ...before, ...change }),
      replace: true,
      resetScroll: false,
    });
  return [view, set];
};
