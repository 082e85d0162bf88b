/** Probes of a device, and estimates that go by what they measured. */
import { expect } from 'chai';
import type { Measured } from '../../../kernels/webgl/calibrated.js';
import type { ProbeWork } from '../../../kernels/webgl/programs/probe.js';
import { masks } from '../../../scripts/webgl/masks.js';
import { measure } from '../../../src/calibration.js';
import { clearTuning, exportTuning, loadTuning, tiledInfo } from '../../../src/index.js';
import { Probes } from '../../../src/webgl/context/probes.js';
import type { TiledWebGLBackend } from '../../../src/webgl/TiledWebGLBackend.js';
import { onOwnBackend } from '../../support/ownBackend.js';

const name = 'calibrated';

/** Charges of a GPU, near those of the family 'unknown'. */
const measured: Measured = {
  fetch: 0.01,
  weight: 0.01,
  multiplyAdd: 0.0012,
  block: 0.002,
  draw: 4000,
};

const onHardware = <T>(body: (backend: TiledWebGLBackend) => T | Promise<T>) =>
  onOwnBackend(name, masks.hardware.apply, body);

describe('a calibration', () => {
  it('draws every probe, and leaves nothing behind', () =>
    onHardware((backend) => {
      const { device, session, recovery } = backend;
      const used = [device.planes.setsInUse, device.weights.count];
      recovery.useContext(() => {
        const probes = new Probes(device, session.drawing);
        for (const work of ['fetch', 'weight', 'multiplyAdd', 'block'] satisfies ProbeWork[]) {
          probes.drawWork(work, 1);
        }
        probes.drawIdle(1);
        probes.release();
      });
      expect(device.waitForGPU()).to.equal(true);
      expect(device.gl.getError()).to.equal(0);
      expect([device.planes.setsInUse, device.weights.count]).to.deep.equal(used);
    }));

  it('that is stopped frees what it made', () =>
    onHardware(async (backend) => {
      const { device } = backend;
      const used = device.planes.setsInUse;
      let left = 2;
      const error = await measure(backend, () => left-- > 0).catch((reason) => reason);
      expect(error.message).to.equal('the device is not measured any more');
      expect(device.planes.setsInUse).to.equal(used);
    }));

  it('is part of a record, which another start of the backend reads', () =>
    onHardware(async (backend) => {
      expect(tiledInfo(name).calibration).to.equal(null);
      const { version, renderer } = JSON.parse(exportTuning(name));
      loadTuning(JSON.stringify({ version, renderer, choices: {}, measured }), name);
      expect(tiledInfo(name).calibration).to.deep.equal(measured);
      const { device, rates } = { ...backend.device.limits, ...backend.device.limits.device };
      expect(device.name).to.equal('unknown');
      expect(rates.draw).to.be.closeTo(400_000, 1e-3);
      expect(JSON.parse(exportTuning(name)).measured).to.deep.equal(measured);
      backend.device.gl.getExtension('WEBGL_lose_context')?.loseContext();
      backend.recovery.ready();
      expect(tiledInfo(name).calibration).to.deep.equal(measured);
      await clearTuning(name);
      expect(tiledInfo(name).calibration).to.equal(null);
    }));

  it('that no device of the family can have is ignored', () =>
    onHardware((backend) => {
      backend.calibrate({ ...measured, draw: 1e9 });
      expect(tiledInfo(name).calibration).to.equal(null);
      expect(backend.device.limits.device).to.equal(backend.device.capabilities.profile);
    }));
});
