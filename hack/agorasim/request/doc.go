// SPDX-License-Identifier: Apache-2.0

// Package request parses the bodies of requests, and refuses those that are invalid
// according to Agora's documentation.
package request
