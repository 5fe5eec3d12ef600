"""ONNX graph that is built node by node."""

import numpy as np


class Graph:
    """ONNX graph under construction; its values are float64 matrices (n, columns).

    Parameters
    ----------
    opset, ir_version : int
        Versions of the ONNX operators and of the file format.

    Raises
    ------
    ImportError
        If onnx is not installed.
    """

    def __init__(self, opset, ir_version):
        try:
            import onnx
        except ImportError as error:
            raise ImportError(
                f"to_onnx needs onnx, which cannot be imported: {error}. Install it by "
                'pip install "sklearn-dsr[onnx]".'
            ) from error
        self._onnx = onnx
        self._opset, self._ir_version = opset, ir_version
        self._nodes, self._arrays, self._inputs, self._outputs = [], [], [], []

    def takes(self, name, width):
        """Declare an input (n, width)."""
        self._inputs.append(self._matrix(name, width))

    def gives(self, name, source, width):
        """Make `source` the output `name` (n, width)."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [source], [name]))
        self._outputs.append(self._matrix(name, width))

    def node(self, operator, *sources):
        """Add an operator; return the name of its result."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, list(sources), [name]))
        return name

    def chain(self, operations, source):
        """Add operations (see `_affine`) in turn; return the name of the result."""
        for operator, array in operations:
            if operator == "First":
                source = self.columns(source, 0, array)
            else:
                source = self.node(operator, source, self._constant(np.asarray(array, float)))
        return source

    def columns(self, source, start, stop):
        """Select columns; return the name of the result."""
        bounds = [self._constant(np.array([bound])) for bound in (start, stop, 1)]
        return self.node("Slice", source, *bounds)

    def reshape(self, source, width):
        """Reshape to rows of `width`; return the name of the result."""
        return self.node("Reshape", source, self._constant(np.array([-1, width])))

    def proto(self, name, dt):
        """Return the checked model, with the time `dt` of a step in its metadata."""
        helper = self._onnx.helper
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._arrays)
        proto = helper.make_model(
            graph,
            producer_name="sklearn_dsr",
            opset_imports=[helper.make_opsetid("", self._opset)],
            ir_version=self._ir_version,
        )
        helper.set_model_props(proto, {"dt": repr(dt)})
        self._onnx.checker.check_model(proto, full_check=True)
        return proto

    def _constant(self, array):
        name = f"array_{len(self._arrays)}"
        kind = np.float64 if array.dtype.kind == "f" else np.int64
        array = np.ascontiguousarray(array, dtype=kind)
        self._arrays.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def _matrix(self, name, width):
        kind = self._onnx.TensorProto.DOUBLE
        return self._onnx.helper.make_tensor_value_info(name, kind, ["n", width])
