// SPDX-License-Identifier: Apache-2.0

// Package admin serves the interface through which users and scripts inject faults into a
// simulator and inspect its recordings. It uses JSON and has no authentication.
package admin
