#include "bind.h"
namespace dsr { void bind_maps(nb::module_&) {} }
