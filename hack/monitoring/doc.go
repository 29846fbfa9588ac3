// SPDX-License-Identifier: Apache-2.0

// Package monitoring reads the alerts and the dashboard, and determines which of the operator's
// metrics they use. Programs that link Prometheus and Grafana's types are in the module tools.
package monitoring
