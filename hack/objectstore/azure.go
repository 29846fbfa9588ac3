// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
)

// azureAccount is the name of the account.
const azureAccount = "recordings"

// azuriteAddress matches the address in Azurite's log.
var azuriteAddress = regexp.MustCompile(`successfully listens on (http://127\.0\.0\.1:\d+)`)

// StartAzure starts an emulator of Azure's blob service, and installs it first if necessary.
// The server keeps objects in memory. The error is [ErrNoNode] if Node.js or npm is missing.
// The context limits the start only. A started server runs until Stop.
func StartAzure(ctx context.Context) (*Server, error) {
	node, script, err := azurite(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return begin(azureAccount, newAzureKey(), func(server *Server) error {
		if err := server.startAzurite(ctx, node, script); err != nil {
			return fmt.Errorf("starting Azurite: %w", err)
		}
		return nil
	})
}

// newAzureKey returns an account key in Azure's form: 64 bytes in base64.
func newAzureKey() string {
	key := make([]byte, 64)
	_, _ = rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}

func (s *Server) startAzurite(ctx context.Context, node, script string) error {
	// The SDK uses newer API versions than Azurite knows. They do not differ in the features
	// that are used here.
	args := []string{script, "--blobHost", "127.0.0.1", "--blobPort", "0", "--skipApiVersionCheck", "--disableTelemetry", "--silent", "--inMemoryPersistence"}
	var err error
	s.process, err = startProcess(ctx, program{
		name:        "azurite",
		binary:      node,
		args:        args,
		environment: []string{"AZURITE_ACCOUNTS=" + s.AccessKey + ":" + s.SecretKey},
		dir:         s.run,
	})
	if err != nil {
		return err
	}
	err = s.process.awaitReady(ctx, func(context.Context) bool {
		found := azuriteAddress.FindStringSubmatch(s.process.logs.Tail(s.process.name))
		if found == nil {
			return false
		}
		s.Endpoint = found[1] + "/" + s.AccessKey
		return true
	})
	if err != nil {
		return err
	}
	credential, err := container.NewSharedKeyCredential(s.AccessKey, s.SecretKey)
	if err != nil {
		return fmt.Errorf("using the account's key: %w", err)
	}
	s.backend = account{endpoint: s.Endpoint, credential: credential}
	return nil
}

// account is an account of Azure's blob service with its key.
type account struct {
	endpoint   string
	credential *container.SharedKeyCredential
}

func (a account) client(name string) (*container.Client, error) {
	return container.NewClientWithSharedKeyCredential(a.endpoint+"/"+name, a.credential, nil)
}

func (a account) createBucket(ctx context.Context, name string) error {
	client, err := a.client(name)
	if err != nil {
		return err
	}
	_, err = client.Create(ctx, nil)
	if bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil
	}
	return err
}

func (a account) openBucket(ctx context.Context, name string) (*blob.Bucket, error) {
	client, err := a.client(name)
	if err != nil {
		return nil, err
	}
	return azureblob.OpenBucket(ctx, client, nil)
}

func (account) addUser(context.Context, string, []string) (Credentials, error) {
	return Credentials{}, errors.ErrUnsupported
}
