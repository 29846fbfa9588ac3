// SPDX-License-Identifier: Apache-2.0

// Package installation holds the tests of config/: what it renders to, and what
// a real API server makes of it. There is nothing to import.
package installation
