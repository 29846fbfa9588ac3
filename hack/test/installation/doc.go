// SPDX-License-Identifier: Apache-2.0

// Package installation contains the tests of config/: what it renders to, and how a real API
// server handles it. There is nothing to import.
package installation
