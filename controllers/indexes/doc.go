// SPDX-License-Identifier: Apache-2.0

// Package indexes finds recordings and profiles by the Secrets and profiles that they name. It
// asks the cache, and the API server where the cache may not have all of them.
package indexes
