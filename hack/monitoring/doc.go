// SPDX-License-Identifier: Apache-2.0

// Package monitoring reads the alerts and the dashboard, and finds what they take from the
// operator's metrics. What links Prometheus and Grafana's types is in the module tools.
package monitoring
