import { useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { type ECharts, use as enable, init } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useSettings } from '../app/settings.tsx';
import { sayBytes, sayMany, sayTime } from '../parts/format.ts';
import classes from './now.module.css';
import type { Moment } from './throughput.tsx';

enable([LineChart, BarChart, GridComponent, TooltipComponent, CanvasRenderer]);

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const ThroughputChart = ({ moments }: { moments: readonly Moment[] }) => {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(null);
  const { zone } = useSettings();
  const scheme = useComputedColorScheme('light');
  const still = useReducedMotion();

  useEffect(() => {
    const made = init(box.current!, null, { renderer: 'canvas' });
    chart.current = made;
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(box.current!);
    return () => {
      watcher.disconnect();
      made.dispose();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes what the tokens say
  useEffect(() => {
    const [ink, soft, line, water, failed] = [
      '--ink',
      '--soft',
      '--line-soft',
      '--water',
      '--failed-fill',
    ].map(token);
    const best = moments.reduce((most, { bytes }) => Math.max(most, bytes / 10), 0);
    const most = Math.max(1, ...moments.map(({ failed }) => failed));
    chart.current?.setOption({
      animation: !still,
      animationDuration: 250,
      textStyle: { fontFamily: token('--sans') },
      grid: { left: 64, right: 12, top: 14, bottom: 26 },
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        backgroundColor: token('--surface'),
        borderColor: line,
        textStyle: { color: ink, fontSize: 12 },
        formatter: (points: { dataIndex: number }[]) => {
          const moment = moments[points[0]?.dataIndex ?? 0];
          if (!moment) return '';
          const failures = moment.failed > 0 ? `, ${moment.failed} failed` : '';
          return `${sayTime(new Date(moment.at), zone)}\n${sayBytes(moment.bytes / 10)}/s\n${sayMany(moment.done, 'file')} copied${failures}`;
        },
      },
      xAxis: {
        type: 'category',
        boundaryGap: false,
        data: moments.map(({ at }) => sayTime(new Date(at), zone).slice(0, -3)),
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        axisLabel: { color: soft, fontSize: 11, interval: 17, showMinLabel: false },
      },
      yAxis: [
        {
          type: 'value',
          minInterval: 1,
          splitNumber: 3,
          axisLabel: {
            color: soft,
            fontSize: 11,
            formatter: (value: number) => (value === 0 ? '0' : best > 0 ? `${sayBytes(value)}/s` : ''),
          },
          splitLine: { lineStyle: { color: line } },
        },
        { type: 'value', show: false, max: most * 4 },
      ],
      series: [
        {
          name: 'Rate',
          type: 'line',
          step: 'middle',
          symbol: 'none',
          data: moments.map(({ bytes }) => bytes / 10),
          lineStyle: { color: water, width: 1.75 },
          areaStyle: { color: water, opacity: 0.16 },
        },
        {
          name: 'Failed',
          type: 'bar',
          yAxisIndex: 1,
          barWidth: 3,
          data: moments.map(({ failed }) => failed || null),
          itemStyle: { color: failed },
        },
      ],
    });
  }, [moments, zone, scheme, still]);

  const failures = moments.reduce((sum, { failed }) => sum + failed, 0);
  const best = moments.reduce((most, { bytes }) => Math.max(most, bytes / 10), 0);
  return (
    <>
      <div
        ref={box}
        role="img"
        aria-label={`Throughput of the last 15 minutes, at most ${sayBytes(best)}/s. The table shows every step.`}
        style={{ height: 204 }}
      />
      {failures > 0 ? (
        <p className={classes.key}>
          <i data-of="rate" /> bytes that arrived <i data-of="failed" /> {sayMany(failures, 'attempt')} that
          failed
        </p>
      ) : null}
    </>
  );
};
export default ThroughputChart;
