// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/testenv"
)

// settings say where a campaign takes place.
type settings struct {
	seed uint64
	// folder is where logs are kept.
	folder string
	// operator is the path of the operator's binary; built anew if empty.
	operator string
	progress io.Writer
}

// environment is what a campaign takes place in.
type environment struct {
	*testenv.Environment
	settings
	// end ends everything.
	end   func() error
	users users
	vault *vault
	fleet *fleet

	apiServer     *apiServerProxy
	bucketProxy   *faultProxy
	agora         *agorasim.Simulator
	agoraProxy    *agoraProxy
	notifications *notificationProxy
	watchLog      *watchLog

	// recordings are those of the plan, by their channels.
	recordings map[string]recordingPlan

	restarting sync.Mutex
	stalls     stalls
	// unwritable is when an object's status could not be written, and deadlines until
	// when stops were to be asked for.
	unwritable log[ofObject]
	deadlines  log[deadline]

	mu sync.Mutex
	// faults are what the simulator's faults are counted as, by their IDs.
	faults map[string]string
	// moves are when recorders were moved last, by sid.
	moves map[string]time.Time
}

// startEnvironment builds and starts everything but the operators.
func startEnvironment(ctx context.Context, s settings, recordings map[string]recordingPlan) (_ *environment, err error) {
	e := &environment{settings: s, recordings: recordings, faults: map[string]string{}, moves: map[string]time.Time{}}
	logs, err := os.Create(filepath.Join(s.folder, "controlplane.log"))
	if err != nil {
		return nil, fmt.Errorf("create the control plane's log: %w", err)
	}
	e.Environment, err = testenv.Start(ctx, testenv.Options{
		Operator: s.operator, Bucket: true, ControlPlaneLog: logs, Announce: func(step string) { e.say("%s", step) },
	})
	if err != nil {
		return nil, errors.Join(err, logs.Close())
	}
	e.end = func() error { return errors.Join(e.Run(), logs.Close()) }
	defer func() {
		if err != nil {
			err = errors.Join(err, e.end())
		}
	}()
	e.users = users{e.Client}
	e.vault = newVault(s.seed, e.Bucket.Reader, e.Bucket.Server.SecretKey)
	for _, step := range []func(context.Context) error{e.startProxies, e.startAgora, e.addReplicas, e.createObjects, e.watch} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// watch begins to note what becomes of the objects.
func (e *environment) watch(ctx context.Context) (err error) {
	if e.watchLog, err = newWatchLog(ctx, e.ControlPlane.EtcdURL, e.folder, e.looksWhole); err == nil {
		e.Add(e.watchLog.close)
	}
	return err
}

const (
	writtenInterval = 20 * time.Millisecond
	writtenTimeout  = time.Second
)

// looksWhole says whether all files of a recording are in the bucket. The bucket
// may show the last of them a moment before the simulator knows that it is written.
func (e *environment) looksWhole(sid string) bool {
	return until(context.Background(), writtenTimeout, writtenInterval, func() bool {
		recording, _ := e.agora.Recording(sid)
		return recording.LooksWhole
	})
}

// startProxies starts what stands before the API server and the bucket.
func (e *environment) startProxies(context.Context) (err error) {
	if e.apiServer, err = newAPIServerProxy(e.ControlPlane.Config); err != nil {
		return err
	}
	e.Add(e.apiServer.close)
	if e.bucketProxy, err = newBucketProxy(e.Bucket.Server.Endpoint); err != nil {
		return err
	}
	e.Add(e.bucketProxy.close)
	return nil
}

// storage is where objects have their files be kept.
func (e *environment) storage() *v1alpha1.StorageSpec {
	const selfBuilt = 11
	return &v1alpha1.StorageSpec{
		Vendor: selfBuilt, Bucket: testenv.BucketName, Endpoint: e.bucketProxy.server.URL,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketSecret},
	}
}

const (
	requestLogSize  = 1 << 20
	receiverTimeout = 10 * time.Second
)

func (e *environment) startAgora(context.Context) error {
	credentials, owners, appIDs := map[string]string{}, map[string]string{}, map[string]string{}
	for _, a := range accounts() {
		appIDs[a.appID] = a.name
		for _, customer := range a.allCustomers() {
			credentials[customer], owners[customer] = e.vault.of(customer), a.name
		}
	}
	e.agora = agorasim.New(agorasim.Options{
		Credentials: credentials, AppIDs: appIDs, Speed: speed, RequestsPerSecond: defaultLimit,
		Bucket: e.Bucket.Bucket, RequestLogSize: requestLogSize, NotificationTimeout: receiverTimeout,
		StateClockTime: true, UnixSliceNames: true, StartupStep: startupStep, ResourceIDValidity: resourceIDValidity, Scenario: e.scenario,
	})
	for customer, owner := range owners {
		e.agora.SetAccount(customer, owner)
	}
	for _, a := range accounts() {
		e.agora.SetRequestsPerSecond(a.customers[0], a.limit)
	}
	e.agoraProxy = &agoraProxy{agora: e.agora, accountOf: func(customer, secret string) string {
		if secret == "" || e.vault.of(customer) != secret {
			return ""
		}
		return owners[customer]
	}}
	return nil
}

// addReplicas adds the operators, and what passes notifications to those of the main shard.
func (e *environment) addReplicas(ctx context.Context) error {
	kubeconfig := filepath.Join(e.folder, "operators.kubeconfig")
	if err := e.apiServer.writeKubeconfig(kubeconfig); err != nil {
		return err
	}
	e.fleet = &fleet{binary: e.Operator, kubeconfig: kubeconfig, folder: e.folder, arguments: operatorFlags(e.bucketProxy.server.URL)}
	e.Add(e.fleet.close)
	for _, of := range replicas() {
		if err := e.fleet.add(ctx, of, e.agoraProxy); err != nil {
			return err
		}
	}
	var receivers []string
	for _, r := range e.fleet.of(shardMain) {
		receivers = append(receivers, r.receiver)
	}
	e.notifications = newNotificationProxy(receivers, e.vault.signed)
	e.Add(e.notifications.close)
	e.Add(func() error { e.agora.Close(); return nil })
	return nil
}

// createObjects creates the namespaces and Secrets.
func (e *environment) createObjects(ctx context.Context) error {
	for _, name := range append(namespaces(), operatorNamespace) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := e.Client.Create(ctx, namespace); err != nil {
			return fmt.Errorf("create namespace %s: %w", name, err)
		}
	}
	return errors.Join(e.mendSecrets(ctx, func(object) bool { return true }), e.setReceivers())
}

// mendSecrets makes some Secrets hold what is valid now.
func (e *environment) mendSecrets(ctx context.Context, isWanted func(object) bool) error {
	for _, secret := range secrets() {
		if !isWanted(secret) {
			continue
		}
		if err := e.users.putSecret(ctx, secret, func() map[string]string { return e.vault.content(secret) }); err != nil {
			return err
		}
	}
	return nil
}

// setReceivers has Agora notify, and sign with the present secrets.
func (e *environment) setReceivers() error {
	receivers := map[string]agorasim.Receiver{}
	for _, a := range accounts() {
		if !a.silent {
			receivers[a.appID] = agorasim.Receiver{URL: e.notifications.server.URL, Secret: e.vault.of(a.name)}
		}
	}
	return e.agora.SetNotifications(agorasim.Notifications{AppIDs: receivers})
}

// scenario is how a recording goes that the operator starts. With a wrong token
// or a wrong key none comes up.
func (e *environment) scenario(request agorasim.StartRequest) agorasim.Scenario {
	planned := e.recordings[request.CName]
	scenario := planned.options.Scenario()
	scenario.NeverUp = planned.outcome == outcomeNeverUp || !e.vault.opens(request)
	return scenario
}

// recordingOf returns how a recording is at Agora, if it has begun.
func (e *environment) recordingOf(r recordingPlan) (agorasim.Recording, bool) {
	return e.agora.LatestRecording(r.options.AppID, r.options.CName, r.options.UID)
}

// noteFault notes what a fault of the simulator's is counted as.
func (e *environment) noteFault(id, kind string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults[id] = kind
}

// struck returns how often the faults struck, by their kinds.
func (e *environment) struck() map[string]int {
	struck := count(slices.Concat(e.apiServer.struck.all(), e.bucketProxy.struck.all(), e.agoraProxy.struck.all()))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, request := range e.agora.Requests() {
		if kind, ok := e.faults[callsPrefix+request.Fault]; ok {
			struck[kind]++
		}
	}
	for _, delivery := range e.agora.Deliveries() {
		if kind, ok := e.faults[notificationsPrefix+delivery.Fault]; ok {
			struck[kind]++
		}
	}
	return struck
}

// endDisturbances ends everything that disturbs.
func (e *environment) endDisturbances(ctx context.Context) error {
	e.agora.ClearFaults()
	e.agora.ClearNotificationFaults()
	e.agoraProxy.setKills(func([]action) []action { return nil })
	e.apiServer.clear()
	e.bucketProxy.clear()
	if err := e.fleet.recover(); err != nil {
		return err
	}
	// Requests that hang do so no longer.
	e.agora.Restart(0)
	return e.mendSecrets(ctx, func(secret object) bool { return secret.namespace != namespaceGone })
}

// say tells people what goes on.
func (e *environment) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(e.progress, format+"\n", arguments...)
}
