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
	// idleInterval is how often the operator is asked whether it has anything to
	// do, and how long it must have had nothing.
	idleInterval = 300 * time.Millisecond

	recordingController = "cloudrecording"
)

// startOperator starts the environment's operator, whose metrics can be read by
// everybody on this machine.
func (e *environment) startOperator() {
	address := must(testenv.FreeAddress(e.ctx))
	e.metricsURL = "http://" + address + "/metrics"
	e.operator = must(testenv.StartOperator(e.ctx, testenv.OperatorOptions{
		Binary: e.Operator, Kubeconfig: e.ControlPlane.Kubeconfig, Output: e.log,
		Arguments: append([]string{"--metrics-bind-address=" + address, "--metrics-secure=false"}, e.arguments...),
	}))
}

// endOperator ends the environment's operator, so that another can be started.
func (e *environment) endOperator() {
	check(e.operator.Stop())
	e.operator = nil
}

// awaitIdle waits until so many reconciles of recordings have ended and none
// has come for a moment.
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

// process returns the operator's process, as Linux shows it.
func (e *environment) process() procfs.Proc { return must(procfs.NewProc(e.operator.PID())) }

// processorTime returns how long the operator has kept processors busy.
func (e *environment) processorTime() time.Duration {
	return time.Duration(must(e.process().Stat()).CPUTime() * float64(time.Second))
}

// idleTime returns how long the processors of this machine have been idle, all together.
func idleTime() time.Duration {
	stat := must(must(procfs.NewDefaultFS()).Stat())
	return time.Duration(stat.CPUTotal.Idle * float64(time.Second))
}

// memory returns how much memory the operator uses, and used at the most, in bytes.
func (e *environment) memory() (now, peak uint64) {
	status := must(e.process().NewStatus())
	return status.VmRSS, status.VmHWM
}

// forgetPeak has the peak of the operator's memory begin anew, and returns what it uses
// now.
func (e *environment) forgetPeak() uint64 {
	now, _ := e.memory()
	// The kernel takes this number as the wish to forget the peak.
	check(os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", e.operator.PID()), []byte("5"), 0o600))
	return now
}
