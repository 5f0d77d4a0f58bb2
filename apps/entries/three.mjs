// three: few modules, each very large, so reading and compiling dominate.
import * as THREE from 'three';

const camera = new THREE.PerspectiveCamera(60, 16 / 9, 0.1, 100);
camera.position.set(0, 2, 5);
camera.lookAt(0, 0, 0);
camera.updateMatrixWorld();

const box = new THREE.Box3().setFromObject(new THREE.Mesh(new THREE.BoxGeometry(1, 2, 3)));
const projected = new THREE.Vector3(0, 0, 0).project(camera);

console.log('exports', Object.keys(THREE).length, 'revision', THREE.REVISION);
console.log('size', box.getSize(new THREE.Vector3()).toArray());
console.log(
  'projected',
  projected.toArray().map((value) => value.toFixed(4)),
);
console.log('colour', new THREE.Color('rebeccapurple').getHexString());
