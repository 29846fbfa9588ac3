// SPDX-License-Identifier: Apache-2.0

// Package request reads the bodies of requests, and refuses what Agora documents to be wrong.
package request
