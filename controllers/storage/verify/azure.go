// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"

	"cloudrecording.dev/operator/controllers/storage"
)

// openAzure opens an Azure container with the account's key.
func openAzure(ctx context.Context, target storage.Target, credentials storage.Credentials, client *http.Client) (*blob.Bucket, error) {
	key, err := container.NewSharedKeyCredential(credentials.AccessKey, credentials.SecretKey)
	if err != nil {
		return nil, storage.Problemf(storage.CredentialsRejected, "The secretKey in the storage Secret is not the key of an Azure storage account, which is base64 text. Put one of the account's access keys there.")
	}
	options := &container.ClientOptions{}
	options.Transport = client
	options.Telemetry.Disabled = true
	options.Retry = policy.RetryOptions{
		MaxRetries:    tries - 1,
		RetryDelay:    500 * time.Millisecond,
		MaxRetryDelay: longestBackoff,
	}
	containerClient, err := container.NewClientWithSharedKeyCredential(target.URL().String(), key, options)
	if err != nil {
		return nil, storage.Problemf(storage.EndpointNotAllowed, "The address of the storage service, %s, cannot be used. Check spec.storage.", target.Name)
	}
	return azureblob.OpenBucket(ctx, containerClient, nil)
}
