// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"time"

	"github.com/prometheus/procfs"

	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// idleInterval is the interval between two checks of whether the operator is idle, and how
	// long it must have been idle.
	idleInterval = 300 * time.Millisecond

	recordingController = "cloudrecording"
)

// startOperator starts the environment's operator. Its metrics need no authentication.
func (e *environment) startOperator() {
	address := must(testenv.FreeAddress(e.ctx))
	e.metricsURL = "http://" + address + "/metrics"
	e.operator = must(testenv.StartOperator(e.ctx, testenv.OperatorOptions{
		Binary: e.Operator, Kubeconfig: e.ControlPlane.Kubeconfig, Output: e.log,
		Arguments: append([]string{"--metrics-bind-address=" + address, "--metrics-secure=false"}, e.arguments...),
	}))
}

// endOperator stops the environment's operator, so that another can be started.
func (e *environment) endOperator() {
	check(e.operator.Stop())
	e.operator = nil
}

// awaitIdle waits until at least the given number of reconciles of recordings have ended, and
// no new one has started for idleInterval.
func (e *environment) awaitIdle(atLeast int) {
	before := -1
	e.await("the operator has nothing to do", idleInterval, func() bool {
		m := e.operatorMetrics()
		ended := int(m.sum("controller_runtime_reconcile_total", map[string]string{"controller": recordingController}))
		isIdle := ended >= atLeast && ended == before && m.sum("workqueue_depth", map[string]string{"name": recordingController}) == 0
		before = ended
		return isIdle
	})
}

// process returns the operator's process in procfs.
func (e *environment) process() procfs.Proc { return must(procfs.NewProc(e.operator.PID())) }

// processorTime returns the operator's processor time.
func (e *environment) processorTime() time.Duration {
	return time.Duration(must(e.process().Stat()).CPUTime() * float64(time.Second))
}

// idleTime returns the idle time of all processors of this machine together.
func idleTime() time.Duration {
	stat := must(must(procfs.NewDefaultFS()).Stat())
	return time.Duration(stat.CPUTotal.Idle * float64(time.Second))
}

// memory returns the operator's current and peak memory in bytes.
func (e *environment) memory() (now, peak uint64) {
	status := must(e.process().NewStatus())
	return status.VmRSS, status.VmHWM
}

// forgetPeak resets the operator's peak memory, and returns its current memory in bytes.
func (e *environment) forgetPeak() uint64 {
	now, _ := e.memory()
	// Writing 5 to clear_refs resets the peak, see proc(5).
	check(os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", e.operator.PID()), []byte("5"), 0o600))
	return now
}
