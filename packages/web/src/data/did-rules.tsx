import type { DidName } from '@leman/client';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/problem.tsx';
import { RuleTable } from '../rules/rule-table.tsx';
import { didRulesQuery } from './data-queries.ts';

/** The rules that hold something in place. */
export const DidRules = ({ did, isFile, ask }: { did: DidName; isFile: boolean; ask: () => void }) => {
  const { data, error, refetch } = useQuery(didRulesQuery(did, isFile));
  return (
    <Panel title="Rules" note="what must be where" flush>
      {error ? <Problem title="The rules cannot be listed." error={error} retry={() => refetch()} /> : null}
      <RuleTable
        id="rules"
        rows={error ? [] : data}
        named={isFile}
        empty={
          error ? null : (
            <Empty title="No rule holds this">
              Its copies may be deleted when room is needed.{' '}
              <Button
                variant="light"
                size="compact-sm"
                leftSection={<Icon name="plus" size={12} />}
                onClick={ask}
                mt={8}
              >
                Ask for copies
              </Button>
            </Empty>
          )
        }
      />
    </Panel>
  );
};
