import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.ts';

describe('metrics', () => {
  it('count, by label where there is one', async () => {
    const metrics = new Metrics();
    metrics.counter('lost_total', 'Lost.');
    metrics.counter('asked_total', 'Asked.', { labelled: true }).add(1, { status: '200', path: 'a"b\\c\nd' });
    metrics.counter('asked_total', 'Asked.', { labelled: true }).add(2, { status: '200', path: 'a"b\\c\nd' });
    expect(await metrics.text()).toBe(
      '# HELP lost_total Lost.\n# TYPE lost_total counter\nlost_total 0\n' +
        '# HELP asked_total Asked.\n# TYPE asked_total counter\nasked_total{status="200",path="a\\"b\\\\c\\nd"} 3\n',
    );
  });

  it('put durations into buckets that hold the shorter ones too', async () => {
    const metrics = new Metrics();
    const took = metrics.histogram('took_seconds', 'Took.');
    for (const seconds of [0.001, 0.03, 60]) took.observe(seconds, { pattern: 'p' });
    const text = await metrics.text();
    expect(text).toContain('took_seconds_bucket{pattern="p",le="0.001"} 1\n');
    expect(text).toContain('took_seconds_bucket{pattern="p",le="0.05"} 2\n');
    expect(text).toContain('took_seconds_bucket{pattern="p",le="10"} 2\n');
    expect(text).toContain('took_seconds_bucket{pattern="p",le="+Inf"} 3\n');
    expect(text).toMatch(/took_seconds_sum\{pattern="p"\} 60\.031\d*\ntook_seconds_count\{pattern="p"\} 3\n$/);
  });

  it('leave out what cannot be read now, and show the rest', async () => {
    const metrics = new Metrics();
    metrics.gauge('gone', 'Gone.', () => Promise.reject(new Error('the database is away')));
    metrics.gauge('hanging', 'Hanging.', () => new Promise(() => {}));
    metrics.gauge('here', 'Old.', () => 1);
    metrics.gauge('here', 'Here.', async () => 2);
    expect(await metrics.text()).toBe('# HELP here Here.\n# TYPE here gauge\nhere 2\n');
  });

  it('refuse one name for two kinds', () => {
    const metrics = new Metrics();
    metrics.histogram('a', 'A.');
    expect(() => metrics.counter('a', 'A.')).toThrow('a is a histogram already');
  });
});
