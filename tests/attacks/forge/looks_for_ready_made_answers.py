# threat: T24
# expect: no point
import glob
import importlib
import sys

sys.path += ["/", "/usr/lib/python3/dist-packages", "/opt/assay", "/suite", *glob.glob("/*"), *glob.glob("/usr/lib/python3*/*")]
for name in ("torch", "scipy.linalg", "tinytorch_reference", "reference_impl.tinytorch.core.tensor", "jax", "tensorflow"):
    try:
        module = importlib.import_module(name)
        Tensor = module.Tensor
    except Exception:
        pass
