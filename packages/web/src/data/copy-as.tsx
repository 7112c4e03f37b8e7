import type { DidName } from '@leman/client';
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Icon } from '../parts/icon.tsx';

/** The same download from a terminal or a notebook. */
export const CopyAs = ({ did: { scope, name } }: { did: DidName }) => {
  const did = `${scope}:${name}`;
  const ways = [
    { label: 'leman', text: `leman download ${did}` },
    { label: 'rucio', text: `rucio download ${did}` },
    {
      label: 'Python',
      text: `from rucio.client.downloadclient import DownloadClient\nDownloadClient().download_dids([{"did": "${did}"}])`,
    },
    { label: 'Link to this page', text: location.href },
  ];
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: 'Copied.', autoClose: 2000 });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="subtle" leftSection={<Icon name="copy" size={14} />}>
          Copy as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ways.map(({ label, text }) => (
          <Menu.Item key={label} onClick={() => copy(text)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};
