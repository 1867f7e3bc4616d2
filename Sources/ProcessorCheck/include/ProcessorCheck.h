#pragma once
/* Nothing to call: linking this module lets the program end with a message, before any of its other
   code runs, on a processor without the instructions that all of that code is compiled for. */
