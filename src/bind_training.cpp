#include "bind.h"
namespace dsr { void bind_training(nb::module_&) {} }
